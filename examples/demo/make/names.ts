/** Names of invented people: each in its own script and in Latin letters, between spaces as `script|latin`. */
interface Names {
  readonly language: string;
  /** Share of the people of Orsana, in percent. */
  readonly share: number;
  readonly women: readonly NameForm[];
  readonly men: readonly NameForm[];
  readonly families: readonly NameForm[];
}
export interface NameForm {
  readonly own: string;
  readonly latin: string;
}

function forms(text: string): readonly NameForm[] {
  return text
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [own = '', latin = own] = pair.split('|');
      return { own, latin };
    });
}

export const peoples: readonly Names[] = [
  {
    language: 'en',
    share: 46,
    women: forms(
      'Abena Adaeze Akua Alma Amina Anouk Beatriz Blessing Carmen Chidinma Clara Elena Esi Fatou Grace Hana Helena Imani Ines Isabel Joana Kadiatu Leila Lena Lucia Mara Marisol Mei Miriam Nadia Naomi Neema Nkechi Noor Olga Petra Rosa Ruth Sade Sofia Thandiwe Wanjiru Yara Zainab Zofia Zoë',
    ),
    men: forms(
      'Abdou Adel Ade Anton Bakari Bruno Carlos Chinedu Daniel Diego Elias Emeka Farid Felix Gabriel Goran Hugo Ibrahim Ismael Ivan Jabari Joaquim Jonas Kofi Kwame Lamin Luis Malik Marek Mateo Moses Nikola Oumar Pavel Rafael Samuel Sekou Simon Tariq Thabo Tomas Usman Victor Yusuf Zoltan',
    ),
    families: forms(
      "Abara Achieng Acosta Adeyemi Almeida Asante Banda Barros Bello Boateng Castro Ceesay Cissé Conteh Costa Diallo Diop Dlamini Duarte Ekwueme Fofana Gomes Horvat Iweala Jalloh Juma Kamara Kareem Keita Koroma Lopes Mbeki Mensah Moreno Mwangi N'Diaye Ncube Ndlovu Novak Nyong'o Obi Okafor Okonkwo Onyango Owusu Pereira Quaye Ramos Sesay Silva Soto Traoré Turay Vargas Wekesa Yeboah Zuma",
    ),
  },
  {
    language: 'ar',
    share: 16,
    women: forms(
      'أمينة|Amina ليلى|Layla مريم|Maryam فاطمة|Fatima زينب|Zaynab نور|Nur سلمى|Salma هدى|Huda رانيا|Rania ياسمين|Yasmin خديجة|Khadija سعاد|Suad إيمان|Iman دعاء|Duaa ريم|Reem جميلة|Jamila',
    ),
    men: forms(
      'أحمد|Ahmad يوسف|Yusuf عمر|Umar خالد|Khalid سعيد|Said حسن|Hasan إبراهيم|Ibrahim كريم|Karim طارق|Tariq محمود|Mahmud علي|Ali سامي|Sami رشيد|Rashid بلال|Bilal ناصر|Nasir وليد|Walid',
    ),
    families: forms(
      'كريم|Kareem الهاشمي|al-Hashimi حداد|Haddad منصور|Mansur السالم|as-Salim عزيز|Aziz الخطيب|al-Khatib نجار|Najjar صالح|Salih عباس|Abbas درويش|Darwish فارس|Faris الزهراني|az-Zahrani قاسم|Qasim عثمان|Uthman شريف|Sharif بكري|Bakri الراوي|ar-Rawi',
    ),
  },
  {
    language: 'hi',
    share: 9,
    women: forms(
      'अनीता|Anita सुनीता|Sunita प्रिया|Priya मीरा|Mira कविता|Kavita आशा|Asha ज्योति|Jyoti लक्ष्मी|Lakshmi नेहा|Neha पूजा|Puja राधा|Radha सीमा|Seema',
    ),
    men: forms(
      'राजेश|Rajesh अमित|Amit विजय|Vijay सुरेश|Suresh अरुण|Arun संजय|Sanjay मनोज|Manoj दीपक|Deepak रवि|Ravi किशन|Kishan मोहन|Mohan अजय|Ajay',
    ),
    families: forms(
      'शर्मा|Sharma वर्मा|Varma गुप्ता|Gupta मिश्रा|Mishra यादव|Yadav चौहान|Chauhan पटेल|Patel जोशी|Joshi त्रिपाठी|Tripathi सिन्हा|Sinha राठौर|Rathore ठाकुर|Thakur',
    ),
  },
  {
    language: 'ta',
    share: 9,
    women: forms(
      'கயல்விழி|Kayalvizhi மீனா|Meena செல்வி|Selvi தமிழரசி|Thamizharasi மலர்|Malar பூங்கொடி|Poongodi வள்ளி|Valli கோதை|Kothai இனியா|Iniya நிலா|Nila',
    ),
    men: forms(
      'முருகன்|Murugan செல்வம்|Selvam கார்த்திக்|Karthik இளங்கோ|Ilango பாரதி|Bharathi அன்பு|Anbu வேலன்|Velan கதிர்|Kathir அரசு|Arasu மாறன்|Maran',
    ),
    families: forms(
      'சுந்தரம்|Sundaram நடராஜன்|Natarajan கண்ணன்|Kannan ராமன்|Raman சேகர்|Sekar பாண்டியன்|Pandian மணி|Mani வேலு|Velu சிவன்|Sivan குமார்|Kumar',
    ),
  },
  {
    language: 'km',
    share: 6,
    women: forms('សុភា|Sophea ចន្ធូ|Chanthou ស្រីមុំ|Sreymom បុប្ផា|Bopha មាលា|Mealea រចនា|Rachana ពិសី|Pisey កល្យាណ|Kalyan'),
    men: forms('សុខា|Sokha វិចិត្រ|Vichet បុណ្ណា|Bunna ដារា|Dara រិទ្ធី|Rithy សំណាង|Samnang វណ្ណា|Vanna ពិសិដ្ឋ|Piseth'),
    families: forms('ចាន់|Chan សុខ|Sok កែវ|Keo ហេង|Heng លី|Ly ម៉ៅ|Mao នួន|Nuon ប៊ុន|Bun'),
  },
  {
    language: 'am',
    share: 7,
    women: forms('ሰላም|Selam ሕይወት|Hiwot ትዕግስት|Tigist አልማዝ|Almaz ብርቱካን|Birtukan ማርታ|Marta ሳባ|Saba ፍቅርተ|Fikirte'),
    men: forms('አበበ|Abebe ተስፋዬ|Tesfaye ዳዊት|Dawit ከበደ|Kebede ሙሉጌታ|Mulugeta ዮሐንስ|Yohannes ግርማ|Girma ታደሰ|Tadesse'),
    families: forms('ተስፋዬ|Tesfaye ገብሬ|Gebre አለሙ|Alemu በቀለ|Bekele ደስታ|Desta ወልዴ|Wolde ኃይሌ|Haile ንጉሤ|Nigusse'),
  },
  {
    language: 'uk',
    share: 7,
    women: forms(
      'Оксана|Oksana Ірина|Iryna Наталія|Nataliia Марія|Mariia Дарина|Daryna Леся|Lesia Соломія|Solomiia Ганна|Hanna Зоряна|Zoriana Юлія|Yuliia',
    ),
    men: forms(
      'Андрій|Andrii Тарас|Taras Богдан|Bohdan Остап|Ostap Микола|Mykola Петро|Petro Юрій|Yurii Максим|Maksym Назар|Nazar Олег|Oleh',
    ),
    families: forms(
      'Шевчук|Shevchuk Коваленко|Kovalenko Бондар|Bondar Мельник|Melnyk Ткачук|Tkachuk Гончар|Honchar Савчук|Savchuk Лисенко|Lysenko Марченко|Marchenko Кравець|Kravets',
    ),
  },
];
